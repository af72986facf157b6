"""Sends requests of a logged-in user until the file of STOP exists, and then prints what became of them, as JSON.

With RATE it sends so many a second, whatever becomes of the others: every other one over a connection of its own, as proxies without
keep-alive do, and the others over kept connections, as browsers do. With CONCURRENT it keeps so many under way at a time.
"""

import asyncio
import collections
import json
import os
import re
import sys
import time

import httpx

BASE, PASSWORD, STOP = os.environ["BASE"], os.environ["PASSWORD"], os.environ["STOP"]
AIRFLOW3 = os.environ["AIRFLOW3"] == "True"
PATHS = ["/api/v2/dags?limit=25", "/ui/config"] if AIRFLOW3 else ["/home", "/api/v1/dags?limit=25"]
TIMEOUT = float(os.environ.get("TIMEOUT", "60"))


async def log_in():
    async with httpx.AsyncClient(base_url=BASE, timeout=60) as client:
        if AIRFLOW3:
            answer = await client.post("/auth/token", json={"username": "admin", "password": PASSWORD})
            answer.raise_for_status()
            return {"_token": answer.json()["access_token"]}
        page = await client.get("/login/")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)
        answer = await client.post("/login/", data={"username": "admin", "password": PASSWORD, "csrf_token": token})
        assert answer.status_code == 302 and "login" not in answer.headers["location"], answer.headers
        return dict(client.cookies)


class Load:
    def __init__(self, cookies):
        self.outcomes, self.slowest, self.times = collections.Counter(), 0.0, []
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self.kept = httpx.AsyncClient(base_url=BASE, cookies=cookies, timeout=TIMEOUT, limits=limits)
        self.fresh = httpx.AsyncClient(
            base_url=BASE, cookies=cookies, timeout=TIMEOUT, limits=httpx.Limits(max_connections=None, max_keepalive_connections=0)
        )
        self.first, self.lost = None, collections.Counter()

    async def request(self, number):
        start = time.monotonic()
        client = self.fresh if number % 2 else self.kept
        try:
            answer = await client.get(PATHS[number // 2 % len(PATHS)])
            outcome = str(answer.status_code)
            if answer.is_redirect:
                outcome += f" to {answer.headers['location'][:60]}"
        except Exception as error:
            outcome = f"{type(error).__name__} {'fresh' if number % 2 else 'kept'}"
        if outcome != "200":
            now = time.strftime("%H:%M:%S", time.gmtime())
            self.first = self.first or f"{outcome} at {now}"
            self.lost[f"{now[:-1]}0 {outcome}"] += 1
        self.outcomes[outcome] += 1
        self.times.append(time.monotonic() - start)

    async def at_rate(self, rate):
        tasks, number, start = set(), 0, time.monotonic()
        while not os.path.exists(STOP):
            task = asyncio.create_task(self.request(number))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            number += 1
            await asyncio.sleep(max(0.0, start + number / rate - time.monotonic()))
        await asyncio.gather(*tasks)

    async def at_once(self, count):
        async def loop(number):
            while not os.path.exists(STOP):
                await self.request(number)
                await asyncio.sleep(0.2)

        await asyncio.gather(*(loop(number) for number in range(count)))


async def main():
    load = Load(await log_in())
    print("started", flush=True)
    start = time.monotonic()
    if "RATE" in os.environ:
        await load.at_rate(float(os.environ["RATE"]))
    else:
        await load.at_once(int(os.environ["CONCURRENT"]))
    times = sorted(load.times) or [0.0]
    percentile = lambda part: round(times[int(part * (len(times) - 1))], 2)  # noqa: E731
    json.dump({
        "outcomes": load.outcomes, "seconds": round(time.monotonic() - start), "median": percentile(0.5), "p99": percentile(0.99),
        "first": load.first, "lost": load.lost,
    }, sys.stdout)
    print(flush=True)


asyncio.run(main())
