"""What all tables share: the base class and column types that fit every database."""

from typing import Any

from sqlalchemy import CHAR, BigInteger, Dialect, Float, Integer, Numeric, String, Text
from sqlalchemy.dialects.mysql import DOUBLE, LONGTEXT
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class Base(DeclarativeBase):
    """The declarative base; a plain one, so sessions need no web request."""


BIG = BigInteger().with_variant(Integer, "sqlite")
"""Every integer column; on SQLite ``integer``, so that a primary key is the row id."""

SHORT = Text().with_variant(String(191), "mysql")
"""Text that MySQL can index or give a default."""

LONG = Text().with_variant(LONGTEXT(), "mysql")

MONEY = Float().with_variant(DOUBLE(), "mysql").with_variant(Numeric(asdecimal=False), "postgresql")


class Padded(TypeDecorator[str]):
    """``char(n)``: PostgreSQL pads with blanks on read, which are no part of the value."""

    impl = CHAR
    cache_ok = True

    def process_result_value(  # the signature is SQLAlchemy's
        self,
        value: Any | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        return None if value is None else str(value).rstrip(" ")
