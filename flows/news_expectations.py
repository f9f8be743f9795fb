"""What is expected of every source, as expectations that Great Expectations can run.

Each asks for the sources of a judgement (`flows/sql/judge/`) whose verdict is against them; which
metric and which verdict, and how much is tolerated, stands in `schemas/expectations/sources.json`.
Importing this module registers them by their names in snake case.
"""

from typing import Any, ClassVar

from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)


class ExpectNoRowsOfQuery(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """No row is selected. Only counts: the rows are found by SQL, all of them."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        count = metrics["unexpected_rows_query.row_count"]
        return {"success": count == 0, "result": {"observed_value": count}}


class ExpectSourceBodiesToHoldNoWidgetText(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Bodies hold no lines of comment forms, share bars and teasers."""


class ExpectSourceTextToBeDecoded(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Texts hold no letters of a wrong character set."""


class ExpectSourceBodiesToEndAsSentences(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Bodies end where a sentence does, and at no link to read on."""


class ExpectSourceBodiesToBeNoPaywallStubs(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Bodies are stories, not offers to subscribe."""


class ExpectSourceBodiesNotToRepeatTitles(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Bodies do not begin with the headline."""


class ExpectSourceDatesNotInTheFuture(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """No article is from after it was read."""


class ExpectSourceDatesNotBeforeTheOutlet(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """No article is from long before the source's own."""


class ExpectSourceBylinesToNamePersons(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Bylines name persons, not desks, dates or buttons."""


class ExpectSourceLanguageToStay(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Articles are in the source's usual language."""


class ExpectSourceBodiesToHaveWords(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Bodies have words."""


class ExpectSourceRecordsToBeLanded(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Records are landed, not rejected."""


class ExpectSourceCopiesToStayFew(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Articles copy other ones no more often than before."""


class ExpectSourceFieldCoverageToHold(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """As many articles as before have the field."""


class ExpectSourceQuotationsToHold(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """As many articles as before quote somebody."""


class ExpectSourceMentionsToHold(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """As many articles as before name somebody."""


class ExpectSourceWordCountsToHold(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Bodies are about as long as before."""


class ExpectSourceParagraphCountsToHold(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Bodies have about as many paragraphs as before."""


class ExpectSourceBlockRolesToHold(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """Pages are made of the same parts as before."""


class ExpectSourceVolumeToHold(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """About as many articles arrive as on such a weekday."""


class ExpectSourceToBeFresh(ExpectNoRowsOfQuery):  # type: ignore[misc, unused-ignore]
    """The source is not silent for longer than it ever is."""
