:row.:"column"::numeric
