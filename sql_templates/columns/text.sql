:row.:"column"::text
