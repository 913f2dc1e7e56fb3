"""Dumps of a cluster's objects, and what differs between two of them."""
