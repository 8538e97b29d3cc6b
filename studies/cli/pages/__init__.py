"""Pages of results: pictures, tables and one self-contained HTML file."""
