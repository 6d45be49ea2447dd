"""Runs untrusted PyTorch functions in locked worker processes; knows nothing of exercises or checks."""

from autograder.sandbox.client import Ended, Sandbox, SandboxError, Worker

__all__ = ["Ended", "Sandbox", "SandboxError", "Worker"]
