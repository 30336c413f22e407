-- id: moved-out-recipient
-- version: 1
-- procedure: review
-- subject: person
-- sensitivity: general
-- title: 户籍已迁出仍在享受待遇
-- why: 公安最近一次户籍登记（{occasion}）为此人{record}，户籍已不在本区，但待遇尚未终止：{programs}。请核实居住地和待遇衔接，核实前待遇不变。
-- legal-basis: 《社会救助暂行办法》（国务院令第649号）；民政部《最低生活保障审核确认办法》（民发〔2021〕57号）
-- feeds: police, registry
-- due: 5 working days
-- occasion: event
-- clears: 待遇终止，或户籍登记回到本区

-- Somebody registered outside the district who never moved is no case: the domain calls that no move.
SELECT r.person                        AS subject,
       CAST(r.on_day AS VARCHAR)       AS occasion,
       coalesce(r.reason, r.event)     AS record,
       words(b.program)                AS programs,
       r.fact                          AS trigger_registration,
       array_agg(b.fact_grant)         AS triggers_grant,
       array_agg(b.fact_list)          AS facts_list
FROM registration r
JOIN person p ON p.person = r.person
JOIN benefit b ON b.person = r.person
WHERE p.living
  AND (   (r.reason IN ('moved-out', 'emigrated'))
       OR (r.event = 'moved' AND NOT r.in_district))
GROUP BY r.person, r.on_day, r.reason, r.event, r.fact
