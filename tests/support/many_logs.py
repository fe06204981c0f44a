"""A SQLite database with millions of log rows, as a busy year leaves them, made in a minute or two.

    python -m tests.support.many_logs many.db 5000000

Users, models and channels are used unevenly: a few cause most rows, and the rare kinds of rows
(top-ups, changes) are few.  The same arguments make the same rows.
"""

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from oneapi import startup
from oneapi.settings import Settings

USERS, TOKENS_EACH, MODELS, CHANNELS = 500, 3, 40, 30
YEAR_S = 365 * 86_400

_PEOPLE = """
WITH RECURSIVE n(i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i <= :users)
INSERT INTO users (id, username, password, display_name, role, status, access_token, aff_code)
SELECT i, 'user-' || i, '', '', 1, 1, printf('%032d', i), 'aff-' || i FROM n
"""

_TOKENS = """
INSERT INTO tokens (user_id, "key", name, status)
SELECT users.id, printf('%040d', users.id * :each + t.value), 'token-' || t.value, 1
FROM users, json_each(:names) AS t
"""

_LOGS = """
WITH RECURSIVE
n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < :rows),
-- Two numbers from 0 to 999 that have nothing to do with each other; the first chooses who is at
-- work: ten people at a time, twenty calls each.
r AS (SELECT i, (i / 200 * 7919 + i % 10 * 613) % 1000 AS a, (i * 104729 / 7) % 1000 AS b FROM n),
u AS (SELECT i, b, 2 + a * a * a * :users / 1000000000 AS user_id FROM r),
-- Everybody has two favourite models, and every model two channels.
m AS (SELECT i, b, user_id, (user_id * 37 + b % 2 * 11) % 100 AS taste FROM u),
facts AS (
    SELECT i, b, user_id, taste * taste * :models / 10000 AS model,
        1 + (taste * taste * :models / 10000 + i % 2) % :channels AS channel_id,
        CASE WHEN b % 10 < 8 THEN 0 ELSE b % :each END AS token,
        CASE WHEN i % 5000 = 0 THEN 3 WHEN i % 5000 = 1 THEN 4 WHEN i % 1000 = 2 THEN 1
             WHEN b % 25 = 0 THEN 5 ELSE 2 END AS type
    FROM m)
INSERT INTO logs (id, user_id, created_at, type, content, username, token_name, model_name, quota,
    prompt_tokens, completion_tokens, channel_id, request_id, elapsed_time, is_stream,
    system_prompt_reset, other)
SELECT i,
    CASE type WHEN 5 THEN 0 ELSE user_id END,
    :ends_s - (:rows - i) * :spans_s / :rows,
    type,
    CASE type WHEN 2 THEN 'Ratios: model 1.25, group 1, completion ' || (model % 5)
              WHEN 5 THEN 'Test of channel “channel” (#' || channel_id || ') passed: hello'
              ELSE 'Something that an administrator wrote, number ' || i END,
    CASE type WHEN 5 THEN '' ELSE 'user-' || user_id END,
    CASE type WHEN 2 THEN 'token-' || token ELSE '' END,
    CASE WHEN type IN (2, 5) THEN 'model-' || model ELSE '' END,
    CASE type WHEN 2 THEN 1 + b * 3 ELSE 0 END,
    CASE type WHEN 2 THEN b * 5 ELSE 0 END,
    CASE type WHEN 2 THEN b ELSE 0 END,
    CASE WHEN type IN (2, 5) THEN channel_id ELSE 0 END,
    printf('%031d', i),
    100 + b * 20,
    i % 2,
    0,
    CASE type WHEN 2 THEN '{"model_ratio":1.25,"group_ratio":1,"completion_ratio":4,'
        || '"usage_source":"upstream","first_byte_ms":412,"ended":"complete"}' END
FROM facts
"""

_HOURS = """
INSERT INTO oneapi_usage_hourly
SELECT created_at / 3600 * 3600, logs.user_id, coalesce(tokens.id, 0), channel_id, model_name,
    count(*), sum(quota), sum(prompt_tokens), sum(completion_tokens)
FROM logs LEFT JOIN tokens ON tokens.user_id = logs.user_id AND tokens.name = logs.token_name
WHERE logs.type = 2 GROUP BY 1, 2, 3, 4, 5
"""


def write(path: Path, rows: int, *, ends_s: int) -> None:
    """Make the database; the last row is written at ``ends_s``, the first a year before."""
    startup.migrate(Settings(sqlite_path=str(path), data_dir=str(path.parent)))
    values: dict[str, int | str] = {
        "rows": rows,
        "ends_s": ends_s,
        "spans_s": YEAR_S,
        "users": USERS,
        "each": TOKENS_EACH,
        "names": str(list(range(TOKENS_EACH))),
        "models": MODELS,
        "channels": CHANNELS,
    }
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA journal_mode=MEMORY")
        database.execute("PRAGMA cache_size=-400000")
        with _without_indexes(database):
            for statement in (_PEOPLE, _TOKENS, _LOGS):
                database.execute(statement, values)
        database.execute(_HOURS)
        database.execute("INSERT INTO oneapi_revision VALUES ('usage_complete_from', 0, 0)")
        database.execute("PRAGMA journal_mode=WAL")


class _without_indexes:  # noqa: N801 - reads as what it does
    """Drop the indexes of ``logs`` for a while: built at the end they cost a fraction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        query = "SELECT name, sql FROM sqlite_master WHERE type='index' AND tbl_name='logs'"
        self._indexes: list[tuple[str, str]] = database.execute(query).fetchall()

    def __enter__(self) -> None:
        for name, _ in self._indexes:
            self._database.execute("DROP INDEX " + name)

    def __exit__(self, *_exception: object) -> None:
        for _, create in self._indexes:
            self._database.execute(create)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), ends_s=int(time.time()))
