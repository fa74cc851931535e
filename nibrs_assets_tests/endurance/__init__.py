"""Steps killed, starved and fed damage: what `make endurance` does at length and the tests of this folder do a little of."""
