"""The same asked of many orders: chosen, judged and frozen; shown; put one by one; followed to the end."""
