-- id: long-silence
-- version: 1
-- procedure: recheck
-- subject: person
-- sensitivity: general
-- title: 高龄老人长期没有任何记录
-- why: 此人{age}周岁（满{from_years}周岁起关注），正享受{programs}；各部门最近一条提到此人的记录在{occasion}（{feed}），此后已满{silent_days}天没有新的记录。请上门或电话核实近况，核实前待遇不变。
-- legal-basis: 《中华人民共和国老年人权益保障法》；民政部等《关于开展特殊困难老年人探访关爱服务的指导意见》（2022年）
-- feeds: police, social-security, health, medical-insurance, registry
-- due: 20 working days
-- occasion: event
-- clears: 任何部门有提到此人的新记录，登记探访或待遇复核，或待遇终止

-- The newest fact is neither trigger nor link: of two elders whom one record names last, each has a task of their own.
SELECT p.person                    AS subject,
       CAST(l.on_day AS VARCHAR)   AS occasion,
       p.age                       AS age,
       q.long_silence_from_years   AS from_years,
       q.long_silence_days         AS silent_days,
       l.feed                      AS feed,
       words(b.program)            AS programs,
       l.fact                      AS fact_last,
       array_agg(b.fact_grant)     AS facts_grant,
       array_agg(b.fact_list)      AS facts_list
FROM last_fact l
JOIN person p ON p.person = l.person
JOIN benefit b ON b.person = l.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND p.age >= q.long_silence_from_years
  AND days_between(l.on_day, c.as_of) >= q.long_silence_days
GROUP BY p.person, l.on_day, p.age, q.long_silence_from_years, q.long_silence_days, l.feed, l.fact
