"""What is expected of every source, as expectations that Great Expectations can run.

Each asks for the sources of a judgement (`flows/sql/judge/`) whose verdict is against them; which
metric and which verdict, and how much is tolerated, stands in `schemas/expectations/sources.json`.
Importing this module registers them by their names in snake case.
"""

from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)


class ExpectSourceBodiesToHoldNoWidgetText(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Bodies hold no lines of comment forms, share bars and teasers."""


class ExpectSourceTextToBeDecoded(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Texts hold no letters of a wrong character set."""


class ExpectSourceBodiesToEndAsSentences(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Bodies end where a sentence does, and at no link to read on."""


class ExpectSourceBodiesToBeNoPaywallStubs(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Bodies are stories, not offers to subscribe."""


class ExpectSourceBodiesNotToRepeatTitles(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Bodies do not begin with the headline."""


class ExpectSourceDatesNotInTheFuture(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """No article is from after it was read."""


class ExpectSourceDatesNotBeforeTheOutlet(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """No article is from long before the source's own."""


class ExpectSourceBylinesToNamePersons(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Bylines name persons, not desks, dates or buttons."""


class ExpectSourceLanguageToStay(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Articles are in the source's usual language."""


class ExpectSourceBodiesToHaveWords(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Bodies have words."""


class ExpectSourceRecordsToBeLanded(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Records are landed, not rejected."""


class ExpectSourceCopiesToStayFew(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Articles copy other ones no more often than before."""


class ExpectSourceFieldCoverageToHold(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """As many articles as before have the field."""


class ExpectSourceQuotationsToHold(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """As many articles as before quote somebody."""


class ExpectSourceMentionsToHold(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """As many articles as before name somebody."""


class ExpectSourceWordCountsToHold(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Bodies are about as long as before."""


class ExpectSourceParagraphCountsToHold(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Bodies have about as many paragraphs as before."""


class ExpectSourceBlockRolesToHold(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Pages are made of the same parts as before."""


class ExpectSourceVolumeToHold(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """About as many articles arrive as on such a weekday."""


class ExpectSourceToBeFresh(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """The source is not silent for longer than it ever is."""
