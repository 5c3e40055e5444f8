import time, pytest, cProfile, pstats
from django.db import connection
from benchmarks._thumbs import plant
from reports.drift.stepping import step
from reports.drift import stepping, taking, alarming
from tests.drift.conftest import thumbs, machines, brief
pytestmark=[pytest.mark.django_db, pytest.mark.usefixtures("brief")]
@pytest.mark.parametrize('n',range(2))
def test_it(n,project, machines):
    log=[]
    def wrap(execute, sql, params, many, ctx):
        if 'TABLE drift_answer AS' in str(sql) or 'TABLE drift_thumb AS' in str(sql):
            with connection.cursor() as c:
                c.cursor.execute('EXPLAIN ANALYZE '+str(sql).split(' AS ',1)[1], params); print('\n'.join(r[0] for r in c.cursor.fetchall()))
        t=time.perf_counter(); r=execute(sql,params,many,ctx); log.append((time.perf_counter()-t, str(sql)[:90].replace("\n"," "))); return r
    t=time.perf_counter(); said=thumbs(2200, loved_from=2000); print("thumbs", time.perf_counter()-t)
    with connection.execute_wrapper(wrap):
        t=time.perf_counter(); plant(project, said); print("plant", time.perf_counter()-t)
        c=cProfile.Profile(); t=time.perf_counter(); c.enable(); step(project); c.disable(); print("step", time.perf_counter()-t)
    print("sql", sum(x for x,_ in log), len(log))
    for x in sorted(log, reverse=True)[:12]: print(x)
    0 and pstats.Stats(c).sort_stats("cumtime").print_stats(18)
