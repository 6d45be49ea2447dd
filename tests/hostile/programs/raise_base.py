"""Raises what ordinary handlers do not catch."""
# expect: error


def attack(x):
    raise GeneratorExit from KeyboardInterrupt()
