"""Progress of one learner from the first day to today, on the learner's pages and the trainer's."""

from datetime import timedelta

from hub.services.journey import Journey
from hub.web.context import here
from hub.web.ui import charts


def over_time(journey: Journey, *, curve: bool) -> charts.Chart | None:
    """A curve with axes, or a small line; where the enrolment has an end, the plan beside it. None on the first day."""
    start = journey.enrolment.entered_on
    today = here().now.astimezone(here().translator.zone).date()
    if today <= start:
        return None
    count = min(6, (today - start).days)
    days = [start + timedelta(days=round((today - start).days * n / count)) for n in range(count + 1)]
    points = journey.points
    values = [max((share for day, share in points if day <= at), default=0.0) for at in days]
    values[-1] = journey.share  # what is under way has no day of its own, and counts today
    ends = journey.enrolment.ends_on
    planned = [min(1.0, (day - start).days / (ends - start).days) for day in days] if ends and ends > start else []
    say = here().translator
    if curve:
        return charts.progress_curve(values, planned, [f"{day.day}/{day.month}" for day in days])
    return charts.sparkline(values, planned, [say.plain_date(day) for day in days])
