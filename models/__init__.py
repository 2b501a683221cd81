"""Perception: each file is one stage, or one model behind a stage; what all share lies here."""
