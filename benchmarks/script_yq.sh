#!/bin/sh
# The script a user would write with yq: `script_yq.sh VAULT MOMENT`. GNU date. Two programs are so
# called: https://github.com/mikefarah/yq knows what frontmatter is; for https://github.com/kislyuk/yq
# the script cuts it out, has it changed in the round-trip mode, and puts it back.
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
version=$(yq --version)

find "$vault" -name '*.md' | while IFS= read -r note; do
  first=$(sed -n 's/^⭕첫 학습날: //p;20q' "$note")
  days=$(((noon - $(date -u -d "$first" +%s)) / 86400))
  changes="
    .[\"🛑오늘\"] = \"⏰오늘 : $today\" |
    .[\"🛑첫학습후 몇일째?\"] = \"첫 학습 후 ❤${days}일째❤\" |
    .[\"오늘1\"] = \"@$korean $half $clock\" |
    .[\"오늘2\"] = \"$today\" |
    .[\"오늘과 첫학습날 사이\"] = \"$days\" |
    .[\"사이\"] = \"$days\""
  case $version in *mikefarah*)
    yq --front-matter=process -i "$changes" "$note"
    continue
  esac
  {
    echo ---
    sed -n '2,/^---$/{/^---$/!p}' "$note" | yq -Y --yml-out-ver 1.2 --width 4096 "$changes"
    echo ---
    sed '1,/^---$/d' "$note"
  } >"$note.part"
  mv "$note.part" "$note"
done
