"""Tokens for EHR back ends, by SMART's Backend Services."""
