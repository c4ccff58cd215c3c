:'key', :row.:"column"::numeric[]
