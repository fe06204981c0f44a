"""Table ``options``: what administrators set; only changed keys have a row."""

from sqlalchemy.orm import Mapped, mapped_column

from oneapi.models.base import LONG, SHORT, Base


class Option(Base):
    """One key; the value is always text."""

    __tablename__ = "options"

    key: Mapped[str] = mapped_column(SHORT, primary_key=True)
    value: Mapped[str | None] = mapped_column(LONG)
