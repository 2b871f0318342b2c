"""What is trained when the winner is known: itself on all data, and what tells what limits it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.features import ImageSpec
from automl_edge.domain.run import StageStarted
from automl_edge.search.oracle import Trial
from automl_edge.search.records import Ended, Stage
from automl_edge.search.result import CurvePoint, Unlimited
from automl_edge.search.schedule import EPOCHS_WANTED
from automl_edge.search.session import Session
from automl_edge.search.trials import Job, load_weights
from automl_edge.training.course import batch_size

SHARES = (0.25, 0.5)
"""Shares of the training part on which the winner's design is trained for the learning curve."""

SMALL_TIME = 0.25
"""The share of the refit's time that the small design gets where one follows the other, and the
winner sees the data often enough in the rest."""

RESIZED_TIME = 0.1
"""The same of a small design that goes on from the winner's weights; docs/search.md has figures."""

LONG_ENOUGH = 0.6
"""What is compared with a trial, of less data or a larger network, has this share at least of the
seconds that it was trained for."""


@dataclass(frozen=True, slots=True)
class _Small:
    """The small design that is refitted beside the winner; ``resized``: from its weights."""

    ended: Ended
    resized: bool

    @property
    def share_of_time(self) -> float:
        """That it gets of both refits' time."""
        return RESIZED_TIME if self.resized else SMALL_TIME


def run_afterwards(session: Session, winner: Ended) -> None:
    """Whatever of it there is time for and was not done before."""
    session.keep_for_proof(winner)
    _refit(session, winner)
    _unlimited(session, winner)
    _less(session, winner)


def shipped(session: Session, winner: Ended) -> Ended:
    """The winner's design trained on the validation part as well, unless that failed: it must
    fit as measured, and know what it saw at least as well as the winner did without."""
    for refit in session.of(Stage.REFIT):
        good = not refit.failure and refit.score >= winner.score
        if good and refit.parent == winner.parent and session.finals.fits(refit):
            return refit
    return winner


def learning_curve(session: Session, winner: Ended) -> tuple[CurvePoint, ...]:
    """Short trainings of the winner's design on growing shares of the data."""
    own = (e for e in session.of(Stage.LESS) if e.parent == winner.parent and not e.failure)
    less = sorted((CurvePoint(ended.share, ended.score) for ended in own), key=_share)
    whole = (e for e in session.of(Stage.TRIAL) if e.number == winner.parent)
    return (*less, *(CurvePoint(e.share, e.score) for e in whole)) if less else ()


def unlimited_result(session: Session) -> Unlimited | None:
    """What the network that need not fit reached, if one was trained."""
    for ended in session.of(Stage.UNLIMITED):
        if not ended.failure:
            return Unlimited(ended.score, session.finals.rebuilt(ended.proposal).candidate)
    return None


def can_spare(session: Session, winner: Ended) -> bool:
    """Whether the rest of the refit's time lets ``winner`` see training and validation part
    EPOCHS_WANTED times, by the pace that it had before."""
    seconds = session.schedule.most_seconds(Stage.REFIT)
    if seconds is None or not session.in_turn:
        return True
    candidate = session.finals.rebuilt(winner.proposal).candidate
    data = session.workshop.features_for(candidate.design.features)
    more = 1 + len(data.validation.features) / len(data.train.features)
    return seconds * (1 - SMALL_TIME) >= EPOCHS_WANTED * winner.pace * more


def is_resized(session: Session, ended: Ended, winner: Ended) -> bool:
    """Whether both are one network, for photos of two sizes: then each can take the other's
    weights."""
    own, other = (session.finals.rebuilt(e.proposal).candidate.design for e in (ended, winner))
    if not isinstance(own.features, ImageSpec) or own.features == other.features:
        return False
    journal = session.workshop.journal
    shapes = ([array.shape for array in load_weights(journal, e)] for e in (ended, winner))
    return next(shapes) == next(shapes)


def _refit(session: Session, winner: Ended) -> None:
    """The winner, and if it can spare the time the best small design, for those who would rather
    save memory."""
    done = {ended.parent for ended in session.of(Stage.REFIT)}
    small = _small(session, winner, done)
    is_done = winner.parent in done
    if (is_done and not small) or session.is_over(Stage.REFIT):
        return
    if session.schedule.has_time_for(Stage.REFIT):
        told = "training the winner on the validation part, too"
        told += ", and the best small design" if small else ""
        session.tell(StageStarted("refit", told))
        session.do(_refit_jobs(session, winner, small, is_done))


def _small(session: Session, winner: Ended, done: Container[int | None]) -> _Small | None:
    """The best small design, if it is not done and there is time to finish it: one that can take
    the winner's weights, whatever its own are like, or else one of the finals."""
    alike = (e for e in session.promising(Stage.REFIT) if is_resized(session, e, winner))
    small = session.small_of(alike, winner)
    resized = small is not None
    if not resized and (winner.parent in done or can_spare(session, winner)):
        finals = session.proposer.problem.promising(session.of(Stage.FINAL))
        small = session.small_of(finals, winner)
    return _Small(small, resized) if small and small.parent not in done else None


def _refit_jobs(
    session: Session, winner: Ended, small: _Small | None, is_done: bool
) -> Iterator[Job]:
    """That of the winner, unless it ``is_done``, and of the small design."""
    if not is_done:
        job = _refit_job(session, winner, winner)
        seconds = job.settings.seconds
        if small and seconds is not None and session.in_turn:
            rest = seconds * (1 - small.share_of_time)
            job = replace(job, settings=replace(job.settings, seconds=rest))
        yield job
    if small and session.schedule.has_time_for(Stage.REFIT):
        refit = _refit_of(session, winner) if small.resized else None
        yield _refit_job(session, small.ended, refit or small.ended)


def _refit_job(session: Session, ended: Ended, source: Ended) -> Job:
    job = session.job(session.again(ended), Stage.REFIT, source)
    return replace(job, parent=ended.parent)


def _refit_of(session: Session, winner: Ended) -> Ended | None:
    """The winner's, if it has ended and did not fail."""
    refits = (e for e in session.of(Stage.REFIT) if e.parent == winner.parent)
    return next((refit for refit in refits if not refit.failure), None)


def _unlimited(session: Session, winner: Ended) -> None:
    if not session.may_begin(Stage.UNLIMITED):
        return
    whole = _first_of(session, winner)
    seconds = session.schedule.most_seconds(Stage.UNLIMITED)
    if seconds is not None and seconds < LONG_ENOUGH * whole.seconds:
        return
    known = session.finals.rebuilt(winner.proposal)
    macs = known.candidate.footprint.macs
    most = session.schedule.unlimited_macs(session.terms.windows, macs)
    larger = session.proposer.unlimited(known.candidate, most)
    if larger is not None:
        told = "training a network that need not fit, to see what the data can give"
        session.tell(StageStarted("unlimited", told))
        session.do([_unlimited_job(session, larger, whole)])


def _unlimited_job(session: Session, larger: Candidate, whole: Ended) -> Job:
    """Trained as the winner's design was at first, for as many epochs at most: the two are
    compared."""
    trial = Trial(larger, whole.proposal.recipe)
    job = session.job(trial, Stage.UNLIMITED)
    epochs = min(job.settings.epochs, max(1, round(whole.epochs)))
    return replace(job, settings=replace(job.settings, epochs=epochs))


def _less(session: Session, winner: Ended) -> None:
    """As far as there is time for trainings about as long as that of the whole was."""
    whole = _first_of(session, winner)
    done = {ended.share for ended in session.of(Stage.LESS)}
    left = [share for share in SHARES if share not in done]
    room = session.schedule.room_for(Stage.LESS, LONG_ENOUGH * whole.seconds)
    if room is not None:
        left = left[max(0, len(left) - room) :]
    if left:
        session.tell(StageStarted("less", "training on less data, for the learning curve"))
        session.do(_less_jobs(session, whole, left))


def _less_jobs(session: Session, whole: Ended, shares: Sequence[float]) -> Iterator[Job]:
    trial = session.finals.rebuilt(whole.proposal)
    windows = session.workshop.features_for(trial.candidate.design.features).train.features
    for index, share in enumerate(shares):
        turn = session.equal_turn(len(shares), index)
        job = session.job(trial, Stage.LESS, None, turn)
        # As many windows a step as of all data, and as many steps: it is the data that differ.
        epochs = round(job.settings.epochs / share)
        settings = replace(job.settings, epochs=epochs, batch=batch_size(len(windows)))
        if settings.seconds is not None:
            settings = replace(settings, seconds=min(settings.seconds, whole.seconds))
        yield replace(job, settings=settings, parent=whole.number, share=share)


def _first_of(session: Session, winner: Ended) -> Ended:
    """The trial of the winner's design."""
    return next(e for e in session.of(Stage.TRIAL) if e.number == winner.parent)


def _share(point: CurvePoint) -> float:
    return point.share
