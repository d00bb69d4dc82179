"""Calendars: partners' and trainers' events proposed as séances, and séances given out to people's own agendas."""
