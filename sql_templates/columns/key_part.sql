CAST(:key ->> :place AS :type) :collation
