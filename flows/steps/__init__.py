"""Pure steps: values in, values out; no Prefect, clock, network, file or environment."""
