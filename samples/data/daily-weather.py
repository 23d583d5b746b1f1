#!/usr/bin/env python3
"""Makes daily-weather.csv of weather.csv, a table of the npm package vega-datasets 3.2.1.

daily-weather.py weather.csv daily-weather.csv
"""
import csv
import datetime
import math
import sys

MEASURED = {'rain': 'precipitation', 'max': 'temp_max', 'min': 'temp_min', 'wind': 'wind'}
NEXT = ['max', 'min', 'wind']
START = datetime.date(2012, 1, 1)


def season(date):
    # Of the sun's year, so that a date of two years is not quite the same.
    angle = 2 * math.pi * (date - START).days / 365.2425
    return f'{math.cos(angle):.3f}', f'{math.sin(angle):.3f}'


source, target = sys.argv[1:]
with open(source, newline='') as file:
    rows = [{**row, 'date': datetime.date.fromisoformat(row['date'])} for row in csv.DictReader(file)]
days = {(row['location'], row['date']): row for row in rows}

with open(target, 'w', newline='') as file:
    writer = csv.writer(file, lineterminator='\n')
    writer.writerow(['site', 'year', 'day', 'new_york', 'season_cos', 'season_sin', *MEASURED, *(f'next_{name}' for name in NEXT)])
    for row in rows:
        site, date = row['location'], row['date']
        following = days.get((site, date + datetime.timedelta(days=1)), {})
        writer.writerow([
            site, date.year, date.timetuple().tm_yday, int(site == 'New York'), *season(date),
            *(row[name] for name in MEASURED.values()), *(following.get(MEASURED[name], '') for name in NEXT)])
