:"column" = :value
