"""Runs untrusted functions in locked workers.  Imports nothing: a worker imports it too, for
`inside`.
"""
