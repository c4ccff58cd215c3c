OLD.:"column" IS DISTINCT FROM NEW.:"column"
