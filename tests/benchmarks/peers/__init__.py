"""The benchmark's app: each table once for every contestant, whose migrations are made anew."""
