"""The pages. A module here that calls `dash.register_page` is one; the link in the frame (`app.py`) is put by hand."""
