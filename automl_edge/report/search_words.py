"""How the search, its choice and its limits are said: on the page and on the terminal."""

from __future__ import annotations

from automl_edge.domain.units import show_time
from automl_edge.report.searched import (
    CorrectionSummary,
    Limit,
    PredictionSummary,
    SearchSummary,
)
from automl_edge.report.words import listed, percent

LIMITS = {
    Limit.DATA: "more samples would help most",
    Limit.MODEL: "a larger chip or budget would help most",
    Limit.NEITHER: "neither twice the data nor a larger network would gain a point",
}

NO_LIMIT = {
    Limit.DATA: "twice the data would not gain a point; no larger network was tried",
    Limit.MODEL: "a larger network would not gain a point; less data was not tried",
}
"""Where one of them alone was tried."""


def search(found: SearchSummary) -> str:
    """What the search did, in one sentence."""
    return (
        f"{found.sampled:,} candidates sampled, {found.infeasible:,} rejected because their "
        f"predicted cost breaks the budget, {found.trained:,} trained in "
        f"{show_time(found.seconds)}"
    )


def refit(found: SearchSummary) -> str:
    """What the validation accuracies are of, where the winner was trained on; else empty."""
    if not found.refit:
        return ""
    return (
        "before it shipped, the winner was trained on with the validation part added; its "
        "accuracies on validation are those from before"
    )


def cross_validated(found: SearchSummary) -> str:
    """What chose the design where few recordings are held out; else empty."""
    if found.cross_validated is None:
        return ""
    return (
        "few recordings are held out, so the design was chosen by cross-validation: trained "
        f"shortly, it answers {percent(found.cross_validated)} of training and validation part, "
        "the mean of its folds"
    )


def limits(found: SearchSummary) -> tuple[str, ...]:
    """What was seen of the limits of data and model, a sentence each; the last says which of
    them limits the accuracy, as far as that is known. Empty where nothing was tried."""
    said = []
    if found.curve:
        shares = listed([f"{100 * point.share:.0f}" for point in found.curve])
        reached = listed([percent(point.accuracy) for point in found.curve])
        said.append(
            f"trained shortly on {shares} % of the training part, its design reaches {reached} "
            "on validation"
        )
    if found.unlimited is not None:
        said.append(
            f"a network of {found.unlimited.macs / 1e6:.3g} million multiplications, whether it "
            f"fits or not, trained shortly too, reaches {percent(found.unlimited.accuracy)}"
        )
    if found.limit is not None:
        return (*said, LIMITS[found.limit])
    return (*said, *(NO_LIMIT[tried] for tried in found.gains))


def corrected(by: CorrectionSummary) -> str:
    """What corrected predictions, in one phrase; empty where nothing did."""
    if not by.models:
        return ""
    count = "1 measured model" if by.models == 1 else f"{by.models} measured models"
    return f"corrected by {count} ({by.digest})"


def predictions(found: PredictionSummary) -> str:
    """What the search's predictions were made of and how far off they were, in one sentence."""
    said = ", ".join(filter(None, ("latency was predicted", corrected(found.start))))
    if found.mean_error is None:
        return said
    count = sum(check.latency_error is not None for check in found.checks)
    times = "once" if count == 1 else f"{count} times"
    return (
        f"{said}; during the search it was measured {times} and lay off by "
        f"{percent(found.mean_error)} on average before each was learnt from"
    )
