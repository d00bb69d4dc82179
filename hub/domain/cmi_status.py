"""How far a SCORM attempt is: of one content (SCO), never falling; and of the package, from its contents. Pure.

Sources: SCORM 1.2 RTE 3.4.4 (``lesson_status``, ``mastery_score``); SCORM 2004 4th ed. RTE 4.2.4
(``completion_status``), 4.2.22 (``success_status``), SN 4.6 (rollup: the default rules and the weight of measures).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_COMPLETION: Final = ("unknown", "incomplete", "completed")
_SUCCESS: Final = ("unknown", "failed", "passed")


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one content: two words of the model, score 0..1, progress 0..1."""

    completion: str = "unknown"
    success: str = "unknown"
    score: float | None = None
    progress: float | None = None

    def stored(self) -> dict[str, object]:
        """As JSON."""
        return {"completion": self.completion, "success": self.success, "score": self.score, "progress": self.progress}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the manifest asks of a content: ``mastery`` 0..100 (1.2), ``passing`` -1..1 and ``threshold`` 0..1 (2004),
    ``weight`` of its score, whether it counts for completion and for success."""

    mastery: float | None = None
    passing: float | None = None
    threshold: float | None = None
    weight: float = 1.0
    counts_completion: bool = True
    counts_success: bool = True


def of_content(version: str, cmi: Mapping[str, str], terms: Terms, *, ended: bool) -> Standing:
    """What a content's elements say. ``ended``: it has finished, so that the pass mark decides."""
    return _of_12(cmi, terms, ended=ended) if version == "1.2" else _of_2004(cmi, terms)


def _of_12(cmi: Mapping[str, str], terms: Terms, *, ended: bool) -> Standing:
    status = cmi.get("cmi.core.lesson_status", "not attempted")
    raw = _number(cmi.get("cmi.core.score.raw"))
    if ended and status == "not attempted":
        status = "completed"  # it finished and never said how: the norm's own answer
    done = status in ("passed", "completed", "failed")
    success = status if status in ("passed", "failed") else "unknown"
    if done and ended and terms.mastery is not None and raw is not None:
        success = "passed" if raw >= terms.mastery else "failed"
    completion = "completed" if done else "incomplete" if status in ("incomplete", "browsed") else "unknown"
    low, high = _number(cmi.get("cmi.core.score.min")) or 0.0, _number(cmi.get("cmi.core.score.max"))
    return Standing(completion, success, _share(raw, low, 100.0 if high is None else high), None)


def _of_2004(cmi: Mapping[str, str], terms: Terms) -> Standing:
    completion = cmi.get("cmi.completion_status", "unknown")
    success = cmi.get("cmi.success_status", "unknown")
    scaled, progress = _number(cmi.get("cmi.score.scaled")), _number(cmi.get("cmi.progress_measure"))
    if terms.passing is not None and scaled is not None:
        success = "passed" if scaled >= terms.passing else "failed"
    if terms.threshold is not None and progress is not None:
        completion = "completed" if progress >= terms.threshold else "incomplete"
    if scaled is None:
        raw, low, high = (_number(cmi.get(f"cmi.score.{name}")) for name in ("raw", "min", "max"))
        score = _share(raw, low or 0.0, high) if high is not None else None
    else:
        score = max(0.0, scaled)
    return Standing("unknown" if completion == "not attempted" else completion, success, score, progress)


def kept(before: Standing, now: Standing) -> tuple[Standing, bool]:
    """What stands after both, and whether ``now`` would have lowered it."""
    completion = max(before.completion, now.completion, key=_COMPLETION.index)
    success = max(before.success, now.success, key=_SUCCESS.index)
    fell = completion != now.completion and before.completion == "completed"
    fell = fell or (success != now.success and before.success == "passed")
    score = now.score if now.score is not None else before.score
    progress = max((p for p in (before.progress, now.progress) if p is not None), default=None)
    return Standing(completion, success, score, progress), fell


def written_back(version: str, standing: Standing) -> dict[str, str]:
    """The status elements that say a standing, for the content to find when it goes on."""
    if version != "1.2":
        return {"cmi.completion_status": standing.completion, "cmi.success_status": standing.success}
    if standing.success != "unknown":
        return {"cmi.core.lesson_status": standing.success}
    return {"cmi.core.lesson_status": standing.completion} if standing.completion != "unknown" else {}


def of_package(contents: Sequence[tuple[Terms, Standing]]) -> Standing:
    """The default rollup: complete when all are that count; passed when all are that judge, failed when one is; the
    score is the weighted mean of those that have one; progress the mean."""
    counted = [s for terms, s in contents if terms.counts_completion] or [s for _terms, s in contents]
    if all(s.completion == "completed" for s in counted):
        completion = "completed"
    else:
        completion = "incomplete" if any(s != Standing() for _t, s in contents) else "unknown"
    judged = [
        s for terms, s in contents if terms.counts_success and (s.success != "unknown" or terms.passing is not None)
    ]
    if not judged:
        success = "unknown"
    elif any(s.success == "failed" for s in judged):
        success = "failed" if completion == "completed" else "unknown"
    else:
        success = "passed" if completion == "completed" and all(s.success == "passed" for s in judged) else "unknown"
    if len(contents) == 1:
        completion, success = contents[0][1].completion, contents[0][1].success
    weights = [(terms.weight, s.score) for terms, s in contents if s.score is not None and terms.weight > 0]
    total = sum(weight for weight, _score in weights)
    score = sum(weight * (found or 0.0) for weight, found in weights) / total if total else None
    shares = [1.0 if s.completion == "completed" else s.progress or 0.0 for s in counted]
    return Standing(completion, success, score, sum(shares) / len(shares) if shares else None)


def restored(stored: Mapping[str, object]) -> Standing:
    """The standing that ``Standing.stored`` wrote."""
    score, progress = stored.get("score"), stored.get("progress")
    return Standing(
        str(stored.get("completion", "unknown")), str(stored.get("success", "unknown")),
        float(score) if isinstance(score, int | float) else None,
        float(progress) if isinstance(progress, int | float) else None,
    )  # fmt: skip


def _number(value: str | None) -> float | None:
    return float(value) if value else None


def _share(raw: float | None, low: float, high: float | None) -> float | None:
    if raw is None or high is None or high <= low:
        return None
    return min(1.0, max(0.0, (raw - low) / (high - low)))
