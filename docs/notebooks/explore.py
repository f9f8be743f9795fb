"""A corpus at a glance, as a marimo notebook: `marimo edit docs/notebooks/explore.py`.

It opens the lake of the environment variable `LAKE`, else `data/lake`.
"""

import marimo

app = marimo.App(width="medium", app_title="A corpus at a glance")


@app.cell
def opening():
    import os

    import altair as alt
    import marimo as mo

    from flows.lake import open_lake

    lake = open_lake(os.environ.get("LAKE", "data/lake"))
    return alt, lake, mo


@app.cell
def volume(alt, lake, mo):
    by_month = lake.sql("""
        SELECT source, date_trunc('month', published_on) AS month, sum(article_count) AS articles
        FROM daily_volume GROUP BY ALL ORDER BY ALL""").df()
    volume_chart = (
        alt.Chart(by_month, title="Articles by month of publication")
        .mark_bar()
        .encode(x="yearmonth(month):T", y="sum(articles):Q", color="source:N")
    )
    mo.vstack([mo.md("# A corpus at a glance"), volume_chart])
    return by_month, volume_chart


@app.cell
def people(alt, lake):
    named = lake.sql("""
        SELECT name, label, article_count FROM entities
        WHERE label IN ('PERSON', 'ORG', 'GPE')
        QUALIFY row_number() OVER (PARTITION BY label ORDER BY article_count DESC, name) <= 12
        """).df()
    people_chart = (
        alt.Chart(named, title="Who and what is named in most articles")
        .mark_bar()
        .encode(x="article_count:Q", y=alt.Y("name:N", sort="-x"), color="label:N")
    )
    people_chart
    return named, people_chart


@app.cell
def coverage(alt, lake):
    filled = lake.sql("SELECT source, field, filled_share FROM field_coverage").df()
    coverage_chart = (
        alt.Chart(filled, title="Which fields the articles of a source have")
        .mark_rect()
        .encode(
            x="source:N", y="field:N", color=alt.Color("filled_share:Q", scale={"domain": [0, 1]})
        )
    )
    coverage_chart
    return coverage_chart, filled


@app.cell
def asked(mo):
    name = mo.ui.text("Brazil", label="Somebody or something")
    words = mo.ui.text("harbour ferry", label="Words")
    mo.hstack([name, words])
    return name, words


@app.cell
def over_time(alt, lake, name):
    named_by_month = lake.execute("FROM timeline($name, 'month')", {"name": name.value}).df()
    timeline_chart = (
        alt.Chart(named_by_month, title=f"Articles that name {name.value}, by month")
        .mark_line(point=True)
        .encode(x="begins_on:T", y="article_count:Q")
    )
    timeline_chart
    return named_by_month, timeline_chart


@app.cell
def said(lake, mo, name):
    quotations = lake.execute(
        "SELECT published_at, words, title FROM quotes_by($name) LIMIT 20", {"name": name.value}
    ).df()
    mo.vstack([mo.md(f"What {name.value} is quoted with"), quotations])
    return (quotations,)


@app.cell
def fitting(lake, mo, words):
    best = lake.execute("FROM search($words)", {"words": words.value}).df()
    mo.vstack([mo.md(f"Articles that fit “{words.value}”"), best])
    return (best,)


if __name__ == "__main__":
    app.run()
