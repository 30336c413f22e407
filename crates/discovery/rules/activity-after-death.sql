-- id: activity-after-death
-- version: 1
-- procedure: quality
-- subject: person
-- sensitivity: health
-- title: 死亡日期之后仍有活动记录
-- why: {death_feeds}已有此人死亡信息（最早日期{died_on}），但此后又有{records}条记录（{activities}），开始日期为{first_on}[至{last_on}]。请向来源部门核实死亡信息与这些记录何者有误，核实前待遇不变。
-- legal-basis: 《中华人民共和国个人信息保护法》第八条；《中华人民共和国户口登记条例》
-- feeds: medical-insurance
-- also: police, health, social-security, registry
-- due: 3 working days
-- occasion: event
-- clears: 来源部门撤回或更正死亡信息，或撤回、更正、冲销死亡之后的记录

-- What began on the day of death itself is no contradiction. Further signals of the same death are links; a further
-- settlement or stay is a trigger, because somebody was there and it may be the sign that the person lives. Wages are
-- links: an employer that goes on reporting would bring the alert again each month.
SELECT a.person               AS subject,
       'after-death'          AS occasion,
       min(d.on_day)          AS died_on,
       words(d.feed)          AS death_feeds,
       words(a.activity)      AS activities,
       count(DISTINCT a.fact) AS records,
       min(a.began_on)        AS first_on,
       nullif(max(a.began_on), min(a.began_on)) AS last_on,
       array_agg(a.fact) FILTER (WHERE a.activity <> 'wage') AS triggers_activity,
       array_agg(a.fact)      AS links_activity,
       array_agg(d.fact)      AS links_death
FROM activity_after_death a
JOIN death_signal d ON d.person = a.person
GROUP BY a.person
