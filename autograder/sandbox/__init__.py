"""Runs untrusted PyTorch functions in locked worker processes; knows nothing of exercises or checks.

Imports nothing: a worker's process imports this package too, for what lies in `inside`.
"""
