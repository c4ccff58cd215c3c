:row.:"column"::numeric[]
