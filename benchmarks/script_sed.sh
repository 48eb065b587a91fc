#!/bin/sh
# The script a user would write with sed: `script_sed.sh VAULT MOMENT`. GNU date and sed.
# It brings the properties that depend on the day up to date and keeps the quotes that are there.
# What it writes is not synced, and it overwrites what somebody else saves meanwhile.
set -eu
LC_ALL=C.UTF-8
export LC_ALL
vault=$1
moment=$2

today=$(date -d "$moment" +%Y/%m/%d)
korean=$(date -d "$moment" '+%Y년 %-m월 %-d일')
clock=$(date -d "$moment" '+%-I:%M')
half=오전
if [ "$(date -d "$moment" +%-H)" -ge 12 ]; then half=오후; fi
noon=$(date -u -d "${moment%T*}" +%s)

find "$vault" -name '*.md' | while IFS= read -r note; do
  first=$(sed -n 's/^⭕첫 학습날: //p;20q' "$note")
  days=$(((noon - $(date -u -d "$first" +%s)) / 86400))
  sed -i "2,/^---\$/{
    s|^\\(🛑오늘: \"*\\)[^\"]*|\\1⏰오늘 : $today|
    s|^\\(🛑첫학습후 몇일째?: \"*\\)[^\"]*|\\1첫 학습 후 ❤${days}일째❤|
    s|^\\(오늘1: \"*\\)[^\"]*|\\1@$korean $half $clock|
    s|^\\(오늘2: \"*\\)[^\"]*|\\1$today|
    s|^\\(오늘과 첫학습날 사이: \"*\\)[^\"]*|\\1$days|
    s|^\\(사이: \"*\\)[^\"]*|\\1$days|
  }" "$note"
done
