"""Qmini, a biped of ten joints."""
