"""Reading one order to look for an effect: it goes through the mirror, so that what was seen is kept and shown."""

import octopia
from fulfilment.models import Command
from orders import mirror


def read(client: octopia.Client, command: Command) -> None:
    """Read the command's order anew into the mirror, and into `command.order`.

    Raises what a read raises; Untouched also where the mirror could not keep it, since nothing is proved then.
    """
    stored = mirror.store(command.account, [client.order(command.subject)], source=mirror.SINGLE)
    if stored.set_aside:
        raise octopia.Untouched("The order came, and could not be kept.")
    command.order.refresh_from_db()
