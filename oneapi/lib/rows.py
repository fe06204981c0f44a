"""A row that may be there already: found and locked, or added, whoever else tries the same."""

from typing import TypeVar

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

_Row = TypeVar("_Row", bound=object)


def get_or_add(session: Session, fresh: _Row) -> _Row:
    """Return the stored row with the primary key of ``fresh``; add ``fresh`` if there is none.

    The row is locked until the transaction ends, where the database knows such locks.
    """
    entity = type(fresh)
    key = tuple(inspect(entity).primary_key_from_instance(fresh))
    found = session.get(entity, key, with_for_update=True)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(fresh)
    except IntegrityError:  # somebody else added it between the two statements
        return session.get_one(entity, key, with_for_update=True)
    return fresh
