"""The outbox: what was asked is put, sent, settled and watched over; what each verb says is in `fulfilment.verbs`."""
