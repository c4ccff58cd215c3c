coalesce(:value, 'null')
