export const CONNECTION = 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN';
export const POSTGRES = { [CONNECTION]: 'postgresql+psycopg2://me:pass@host:5432/db' };

/** A driver whose database has these tables, or refuses with `broken`; it keeps what it was asked. */
export const DRIVER = `
import sys, types
class Error(Exception): pass
class OperationalError(Error): pass
class InterfaceError(Error): pass
class Cursor:
    def __init__(self, tables): self.tables, self.rows = tables, []
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def execute(self, query, values=()):
        driver.asked.append([query, list(values)])
        if "to_regclass" in query: self.rows = [[values[0] if values[0] in self.tables else None]]
        else: self.rows = [[row] for row in self.tables[query.rsplit(" ", 1)[1]]] if query.startswith("SELECT version_num") else driver.jobs
    def fetchone(self): return self.rows[0] if self.rows else None
    def fetchall(self): return self.rows
class Connection(Cursor):
    def cursor(self): return Cursor(self.tables)
def connect(url, **options):
    driver.urls.append([url, options])
    if driver.states and driver.states[0] == "broken":
        driver.states.pop(0)
        raise OperationalError(driver.error)
    return Connection(driver.states.pop(0) if len(driver.states) > 1 else (driver.states or [{}])[0])
driver = types.ModuleType("psycopg2")
driver.Error, driver.OperationalError, driver.InterfaceError = Error, OperationalError, InterfaceError
driver.connect, driver.urls, driver.asked, driver.states, driver.jobs, driver.error = connect, [], [], [], [], "  connection refused\\n"
sys.modules["psycopg2"] = driver
`;
