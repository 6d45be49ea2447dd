"""Runs untrusted PyTorch functions in locked worker processes; knows nothing of exercises or checks.

Imports nothing, because a worker's process imports this package too, for `inside`.
"""
