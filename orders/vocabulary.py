"""Words and channels seen for the first time. A process remembers which ones it has already written."""

from collections.abc import Iterable

from django.db import transaction

from orders import models, writing

REMEMBERED = 200_000  # words a process holds at most

_words: set[str] = set()
_channels: set[tuple[int, str]] = set()


def forget() -> None:
    """Ask the database about every word again."""
    _words.clear()
    _channels.clear()


def add_words(cursor: writing.Cursor, words: Iterable[str]) -> None:
    """Put unseen words into the vocabulary; sorted, so that two writers never wait for each other in a circle."""
    unseen = sorted(set(words) - _words)
    if not unseen:
        return
    cursor.execute(
        f"INSERT INTO {models.Word._meta.db_table} (word) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
        [unseen],
    )
    transaction.on_commit(lambda: _remember(unseen), robust=True)


def add_channels(cursor: writing.Cursor, account: int, names: dict[str, str]) -> None:
    """A channel that an order names is a channel, whatever the subscriptions say; a name it has is kept."""
    unseen = sorted((code, name) for code, name in names.items() if code and (account, code) not in _channels)
    if not unseen:
        return
    cursor.execute(
        f"INSERT INTO {models.Channel._meta.db_table} AS kept (account_id, code, name, subscription, status, action,"  # noqa: S608
        " offer_currency, payment_currency, synced_at)"
        " SELECT %s, code, name, '', '', '', '', '', now() FROM unnest(%s::text[], %s::text[]) AS fresh (code, name)"
        " ON CONFLICT (account_id, code) DO UPDATE SET name = excluded.name WHERE kept.name = ''",
        [account, [code for code, _ in unseen], [name for _, name in unseen]],
    )
    transaction.on_commit(lambda: _channels.update((account, code) for code, _ in unseen), robust=True)


def _remember(words: list[str]) -> None:
    if len(_words) > REMEMBERED:
        _words.clear()
    _words.update(words)
