"""Shows what was found: pictures, charts and the report page; the only home of matplotlib."""
