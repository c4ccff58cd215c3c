ROW(OLD.:"column")::record *<> ROW(NEW.:"column")::record
