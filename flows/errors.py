"""What a person must put right: one sentence, an exit code, no traceback."""


class SetupError(Exception):
    """The set-up is wrong. The message says what was found, where, and what would be right."""

    exit_code = 2


class LakeBusyError(SetupError):
    """Another run holds the lake."""


class CatalogBusyError(LakeBusyError):
    """Another program is writing the lake's catalog; it is done in seconds."""


class ApiLostError(SetupError):
    """Prefect's API answered and no longer does: there is nobody to tell how the run ended."""


class DiskFullError(SetupError):
    """No space is left. The message says what was kept."""


class StorageError(Exception):
    """Storage did not answer, and may the next time: the one kind of failure that is retried."""


def is_interrupt(error: RuntimeError) -> bool:
    """Whether an error is how DuckDB passes on that somebody pressed Ctrl-C."""
    return isinstance(error.__cause__, KeyboardInterrupt)
