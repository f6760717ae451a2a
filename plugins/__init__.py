"""The plugins that ship with oplift, each written as a third party would write it."""
