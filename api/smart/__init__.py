"""Launching from an EHR, by SMART App Launch."""
