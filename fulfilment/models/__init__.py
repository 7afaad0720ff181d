"""The tables of what we ask of the marketplace, one file a subject."""

from fulfilment.models.batches import Batch, BatchItem
from fulfilment.models.commands import Command, CommandEvent, CommandLine
from fulfilment.models.imports import DockScan, Handover, Import
from fulfilment.models.pauses import Pause
from fulfilment.models.states import ENDED, MOVES, OPEN, WITH_A_PERSON, State
from fulfilment.models.station import Bench, Packed
from fulfilment.models.warehouse import Acknowledgement, Claim, Hold, Problem, Product, Slip

__all__ = [
    "ENDED",
    "MOVES",
    "OPEN",
    "WITH_A_PERSON",
    "Acknowledgement",
    "Batch",
    "BatchItem",
    "Bench",
    "Claim",
    "Command",
    "CommandEvent",
    "CommandLine",
    "DockScan",
    "Handover",
    "Hold",
    "Import",
    "Packed",
    "Pause",
    "Problem",
    "Product",
    "Slip",
    "State",
]
