"""From the marketplace's spelling to our words: bytes become the frozen readings of `octopia.schema`."""
