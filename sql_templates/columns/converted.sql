CAST(:value AS :type)
