"""Play the demonstration."""

import asyncio, time
from banli_demo.driver import Driver
from banli_demo.lifecycle import steps_of
from banli_demo.play import play
from banli_demo.scenario import read_year
from banli_demo.stage import Stage
from banli_demo.ways import Ways


def main():
    t = time.time()
    stage = Stage(print, uncompressed=True)
    stage.stack.start()
    print("up", time.time() - t)
    try:
        asyncio.run(go(stage))
    finally:
        stage.stack.stop()


async def go(stage):
    driver = Driver(stage.url, stage.stack.token, "operator")
    t = time.time()
    steps = steps_of(read_year())
    async with Ways(stage.url, stage.stack.token, stage.client) as ways:
        await play(steps, ways, driver, print)
    print("played", time.time() - t)
    await driver.close()


main()
