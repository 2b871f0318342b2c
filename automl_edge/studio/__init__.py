"""The studio: what the page of ``app.py`` does for people who never open a terminal.

A project is a folder with samples and runs. Everything here works without Streamlit, except
``views``, which draws it.
"""
