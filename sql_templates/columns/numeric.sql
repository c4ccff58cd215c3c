:'key', :row.:"column"::numeric
